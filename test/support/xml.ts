/** An element without text, as JUnit files consist of. */
export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: Element[];
}

const TAG =
  /<(?:(?<end>\/)|)(?<name>[a-z]+)(?<attributes>(?: [a-zA-Z]+="[^"<]*")*)(?<empty>\/?)>|\s+|$/y;
const REFERENCE = /&(?:#(\d+)|(amp|lt|gt|quot));|&/g;
const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"' };
/** XML 1.0, 2.2. */
const CHARACTERS = /^[\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u;

/** Reads XML that consists of elements and attributes. @throws Error when it is anything else */
export function readXml(xml: string): Element {
  const [declaration, ...lines] = xml.split('\n');
  if (declaration !== '<?xml version="1.0" encoding="UTF-8"?>') throw new Error('No declaration.');
  if (!CHARACTERS.test(xml)) throw new Error('There is a character that XML cannot hold.');
  const text = lines.join('\n');
  const root: Element = { name: '', attributes: {}, children: [] };
  const open = [root];
  for (TAG.lastIndex = 0; TAG.lastIndex < text.length;) {
    const at = text.slice(TAG.lastIndex, TAG.lastIndex + 80);
    const found = TAG.exec(text);
    if (!found) throw new Error(`No element: ${at}`);
    const { end, name, attributes = '', empty } = found.groups ?? {};
    if (name === undefined) continue;
    if (end) {
      if (open.pop()?.name !== name || attributes || empty) throw new Error(`Mismatched: ${at}`);
      continue;
    }
    const element = { name, attributes: attributesIn(attributes), children: [] };
    open.at(-1)?.children.push(element);
    if (!empty) open.push(element);
  }
  const [top, ...others] = root.children;
  if (!top || others.length > 0 || open.length > 1) throw new Error('Not one whole element.');
  return top;
}

function attributesIn(text: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [, name = '', value = ''] of text.matchAll(/ ([a-zA-Z]+)="([^"]*)"/g)) {
    if (name in found) throw new Error(`${name} comes twice.`);
    found[name] = value.replace(REFERENCE, (all, code?: string, entity?: string) => {
      if (code !== undefined) return String.fromCodePoint(Number(code));
      if (entity === undefined) throw new Error(`A bare ${all} in ${value}`);
      return NAMED[entity] ?? '';
    });
  }
  return found;
}
