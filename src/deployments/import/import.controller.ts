import { Controller, HttpCode, Post, Query } from '@nestjs/common';
import {
  ApiBody,
  ApiConsumes,
  ApiExtraModels,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';

import { ApiProblems } from '../../shared/http/api.js';
import { AtLeast } from '../../shared/http/at-least.decorator.js';
import { CallerName } from '../../shared/http/caller.js';
import { IMPORT_PATH, NDJSON, Rows } from './import-body.js';
import { ImportRow } from './import-row.dto.js';
import { ImportQuery, ImportReport } from './import.dto.js';
import { ImportService } from './import.service.js';
import type { SentRow } from './row-reader.js';

@ApiTags('Models')
@Controller()
export class ImportController {
  constructor(private readonly imports: ImportService) {}

  @Post(IMPORT_PATH)
  @AtLeast('OPERATOR')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Import base models with their deployments',
    description:
      'A row adds its model, or replaces the one with its name; a field left out is emptied. Its ' +
      'deployments likewise, by provider and deploymentId; prices that change are added to the ' +
      'price history. Rows that name their successor are imported last, each after the row of ' +
      'that name. A row that breaks a rule is rejected as a whole and the others are not. The ' +
      'same rows again change nothing, so that an import that breaks off is simply sent again. ' +
      `Rows come one a line as ${NDJSON} (up to 64 MB), or as a JSON array (up to 8 MB).`,
  })
  @ApiExtraModels(ImportRow)
  @ApiConsumes('application/json', NDJSON)
  @ApiBody({
    required: true,
    schema: { type: 'array', items: { $ref: getSchemaPath(ImportRow) } },
  })
  @ApiOkResponse({ type: ImportReport, description: 'What became of each row.' })
  @ApiProblems(400, 409, 413, 415)
  import(
    @Rows() rows: AsyncIterable<SentRow>,
    @Query() { confirmPriceJump, dryRun }: ImportQuery,
    @CallerName() caller: string | null,
  ) {
    return this.imports.import(rows, { confirmPriceJump, dryRun, caller });
  }
}
