import { DateField, EnumField, TextField } from '../../shared/http/fields.js';

/** Why prices change: the provider changed them, or they were recorded wrongly. */
const PriceChangeKind = { repricing: 'repricing', correction: 'correction' } as const;
type PriceChangeKind = keyof typeof PriceChangeKind;

/** What the price history is told about the prices in the same request. */
export class PriceChangeDto {
  @EnumField({
    description:
      '`repricing` (the default): the provider changed its prices. `correction`: the prices ' +
      'recorded before were wrong; the new ones take their place from effectiveFrom on. The ' +
      'prices a deployment is added with are neither.',
    values: PriceChangeKind,
    name: 'PriceChangeKind',
    optional: true,
  })
  kind?: PriceChangeKind;

  @DateField({
    description:
      'Since when the prices hold; never in the future. Left out: now, and for a correction the ' +
      'moment since which the corrected prices were said to hold. With the prices in force, a ' +
      'correction says that these began earlier.',
    example: '2026-01-01T00:00:00Z',
    optional: true,
  })
  effectiveFrom?: string;

  @TextField({
    description: 'Where the prices were read.',
    example: 'https://openai.com/api/pricing',
    maxLength: 2000,
    optional: true,
  })
  source?: string;
}
