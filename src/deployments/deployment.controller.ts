import { Body, Controller, Delete, Get, Patch, Post, Put, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';

import { ApiProblems } from '../shared/http/api.js';
import { AtLeast } from '../shared/http/at-least.decorator.js';
import { Cached } from '../shared/http/cached.decorator.js';
import { CallerName } from '../shared/http/caller.js';
import {
  ApiAnswer,
  Creates,
  Lists,
  Patches,
  Reads,
  Removes,
  Replaces,
} from '../shared/http/endpoints.js';
import { IdParam } from '../shared/http/id-param.js';
import { IfMatch } from '../shared/http/if-match.js';
import { MergePatch } from '../shared/http/merge-patch.js';
import type { JsonObject } from '../shared/json.js';
import { PageOf } from '../shared/http/paging.js';
import { DeploymentDto, DeploymentInput, DeploymentPatch } from './deployment.dto.js';
import { DeploymentOfModelQuery, DeploymentQuery } from './deployment.query.js';
import { DeploymentService } from './deployment.service.js';

const PRICES = 'Prices that change are added to the price history.';

@ApiTags('Deployments')
@Controller('api/v2')
export class DeploymentController {
  constructor(private readonly deployments: DeploymentService) {}

  @Get('deployments')
  @AtLeast('VIEWER')
  // Whether a certificate stands depends on the model's claims and the provider's address, too.
  @Cached('deployments', 'models', 'providers')
  @Lists(DeploymentDto, 'deployments')
  list(@Query() query: DeploymentQuery) {
    return this.deployments.list(query);
  }

  @Get('models/:id/deployments')
  @AtLeast('VIEWER')
  @Cached('models/:id', 'models/:id/deployments', 'providers')
  @ApiOperation({ summary: 'List the deployments of a base model' })
  @ApiAnswer(PageOf(DeploymentDto), 'A page of its deployments.')
  @ApiProblems(400, 404)
  listOfModel(@IdParam() id: string, @Query() query: DeploymentOfModelQuery) {
    return this.deployments.listOfModel(id, query);
  }

  @Post('deployments')
  @AtLeast('OPERATOR')
  @Creates(DeploymentDto, 'deployment', 'Its prices begin its price history.')
  create(@Body() input: DeploymentInput, @CallerName() caller: string | null) {
    return this.deployments.create(input, { caller });
  }

  @Get('deployments/:id')
  @AtLeast('VIEWER')
  @Cached('deployments/:id')
  @Reads(DeploymentDto, 'deployment')
  get(@IdParam() id: string) {
    return this.deployments.get(id);
  }

  @Put('deployments/:id')
  @AtLeast('OPERATOR')
  @Replaces(DeploymentDto, 'deployment', PRICES)
  replace(
    @IdParam() id: string,
    @Body() input: DeploymentInput,
    @CallerName() caller: string | null,
    @IfMatch() ifMatch?: string,
  ) {
    return this.deployments.replace(id, input, { caller, ifMatch });
  }

  @Patch('deployments/:id')
  @AtLeast('OPERATOR')
  @Patches(DeploymentDto, DeploymentPatch, 'deployment', PRICES)
  patch(
    @IdParam() id: string,
    @MergePatch() patch: JsonObject,
    @CallerName() caller: string | null,
    @IfMatch() ifMatch?: string,
  ) {
    return this.deployments.patch(id, patch, { caller, ifMatch });
  }

  @Delete('deployments/:id')
  @AtLeast('OPERATOR')
  @Removes('deployment', 'Its certifications and its prices go with it.')
  remove(@IdParam() id: string, @CallerName() caller: string | null, @IfMatch() ifMatch?: string) {
    return this.deployments.remove(id, { caller, ifMatch });
  }
}
