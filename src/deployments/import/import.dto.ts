import { ApiProperty } from '@nestjs/swagger';

import { BooleanField } from '../../shared/http/fields.js';
import { FieldProblem } from '../../shared/http/problem.js';

/** How an import is done. */
export class ImportQuery {
  @BooleanField({
    description: 'Confirms prices that change by 10 times or more, or to or from zero.',
    default: false,
    fromText: true,
  })
  confirmPriceJump: boolean = false;

  @BooleanField({
    description: 'Writes nothing, and answers what an import would do.',
    default: false,
    fromText: true,
  })
  dryRun: boolean = false;
}

/** What becomes of something that is imported. */
export const ImportResult = {
  created: 'created',
  unchanged: 'unchanged',
  changed: 'changed',
  rejected: 'rejected',
} as const;
export type ImportResult = keyof typeof ImportResult;

const count = { type: 'integer', minimum: 0 } as const;
const nullable = { nullable: true } as const;

/** How many rows had which result. */
export class ImportCounts {
  @ApiProperty({ ...count, description: 'Whose model is new.' })
  created: number;

  @ApiProperty({ ...count, description: 'That say what is stored already.' })
  unchanged: number;

  @ApiProperty({ ...count, description: 'That change their model, or add or change deployments.' })
  changed: number;

  @ApiProperty({ ...count, description: 'Of which nothing is written.' })
  rejected: number;
}

/** What became of a row's deployment. */
export class ImportedDeployment {
  @ApiProperty({ ...count, description: 'Its place in the row, from 0.' })
  index: number;

  @ApiProperty({ description: "Its provider's slug.", example: 'openai' })
  provider: string;

  @ApiProperty({ description: "The provider's own id.", example: 'gpt-4-turbo-2024-04-09' })
  deploymentId: string;

  @ApiProperty({ enum: ImportResult, enumName: 'ImportResult', description: 'Never rejected.' })
  result: ImportResult;

  @ApiProperty({
    type: String,
    format: 'uuid',
    ...nullable,
    description: 'Null: a dry run would create it.',
  })
  id: string | null;
}

/** What became of a row. */
export class ImportedRow {
  @ApiProperty({ ...count, description: 'Its place among the rows, from 0; empty lines are none.' })
  index: number;

  @ApiProperty({ type: String, ...nullable, description: 'Null: it has none that can be read.' })
  name: string | null;

  @ApiProperty({
    enum: ImportResult,
    enumName: 'ImportResult',
    description: 'What became of its model; rejected: nothing of the row is written.',
  })
  model: ImportResult;

  @ApiProperty({
    type: String,
    format: 'uuid',
    ...nullable,
    description: 'Of the model; null: the row is rejected, or a dry run would create it.',
  })
  id: string | null;

  @ApiProperty({ type: [ImportedDeployment], description: 'Empty when the row is rejected.' })
  deployments: ImportedDeployment[];

  @ApiProperty({ type: [FieldProblem], description: 'Why it is rejected: pointers into the row.' })
  errors: FieldProblem[];
}

/** What became of an import. */
export class ImportReport {
  @ApiProperty({ description: 'Rows by what became of them.' })
  counts: ImportCounts;

  @ApiProperty({ type: [ImportedRow], description: 'In the order they came.' })
  rows: ImportedRow[];
}
