import { Body, Controller, Delete, Get, HttpCode, Post, Put, Query } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';

import { ApiCreated, ApiProblems } from '../shared/http/api.js';
import { AtLeast } from '../shared/http/at-least.decorator.js';
import { IdParam } from '../shared/http/id-param.js';
import { PageOf, PageQuery } from '../shared/http/paging.js';
import { DeploymentDto, DeploymentInput, DeploymentQuery } from './deployment.dto.js';
import { DeploymentService } from './deployment.service.js';

@ApiTags('Deployments')
@Controller('api/v2')
export class DeploymentController {
  constructor(private readonly deployments: DeploymentService) {}

  @Get('deployments')
  @AtLeast('VIEWER')
  @ApiOperation({ summary: 'List deployments, newest first' })
  @ApiOkResponse({ type: PageOf(DeploymentDto) })
  @ApiProblems(400)
  list(@Query() query: DeploymentQuery) {
    return this.deployments.list(query);
  }

  @Get('models/:id/deployments')
  @AtLeast('VIEWER')
  @ApiOperation({ summary: 'List the deployments of a base model, newest first' })
  @ApiOkResponse({ type: PageOf(DeploymentDto) })
  @ApiProblems(400, 404)
  listOfModel(@IdParam() id: string, @Query() query: PageQuery) {
    return this.deployments.listOfModel(id, query);
  }

  @Post('deployments')
  @AtLeast('OPERATOR')
  @ApiOperation({ summary: 'Add a deployment' })
  @ApiCreated(DeploymentDto, 'deployment')
  @ApiProblems(400, 409)
  create(@Body() input: DeploymentInput) {
    return this.deployments.create(input);
  }

  @Get('deployments/:id')
  @AtLeast('VIEWER')
  @ApiOperation({ summary: 'Read a deployment' })
  @ApiOkResponse({ type: DeploymentDto })
  @ApiProblems(400, 404)
  get(@IdParam() id: string) {
    return this.deployments.get(id);
  }

  @Put('deployments/:id')
  @AtLeast('OPERATOR')
  @ApiOperation({ summary: 'Replace a deployment', description: 'A field left out is emptied.' })
  @ApiOkResponse({ type: DeploymentDto })
  @ApiProblems(400, 404, 409)
  replace(@IdParam() id: string, @Body() input: DeploymentInput) {
    return this.deployments.replace(id, input);
  }

  @Delete('deployments/:id')
  @AtLeast('OPERATOR')
  @HttpCode(204)
  @ApiOperation({ summary: 'Remove a deployment', description: 'Its certifications go with it.' })
  @ApiNoContentResponse({ description: 'It is gone.' })
  @ApiProblems(400, 404)
  remove(@IdParam() id: string) {
    return this.deployments.remove(id);
  }
}
