import { randomInt } from 'node:crypto';

const WORDS = [
  ...['amber', 'badger', 'birch', 'cobalt', 'comet', 'copper', 'coral', 'crane', 'delta', 'ember'],
  ...['falcon', 'fern', 'garnet', 'glacier', 'harbor', 'hazel', 'heron', 'indigo', 'jasper'],
  ...['juniper', 'kestrel', 'lagoon', 'lantern', 'lotus', 'maple', 'marble', 'meadow', 'nickel'],
  ...[
    'ocean',
    'olive',
    'orchid',
    'otter',
    'pebble',
    'pine',
    'plover',
    'quartz',
    'raven',
    'saffron',
  ],
  ...['sparrow', 'thistle', 'topaz', 'tundra', 'velvet', 'walnut', 'willow', 'zephyr'],
];

/** A token no model can know before it is asked: `falcon-4821`. */
export function newNonce(): string {
  return `${WORDS[randomInt(WORDS.length)]}-${randomInt(1000, 10_000)}`;
}

/** Whether `text` holds the nonce, whatever its case, spacing or punctuation. */
export function containsNonce(text: string, nonce: string): boolean {
  return letters(text).includes(letters(nonce));
}

/** Whether two tokens are the same, whatever their case, spacing or punctuation. */
export function sameToken(a: string, b: string): boolean {
  return letters(a) === letters(b);
}

function letters(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '');
}
