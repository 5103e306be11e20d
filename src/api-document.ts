import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';

import { ENUMS } from './api-enums.js';
import { showBody } from './api-examples.js';
import { sampleProblem } from './api-problems.js';
import { Problem, titleOf } from './shared/http/problem.js';
import { VERSION } from './shared/version.js';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;
type Components = NonNullable<OpenAPIObject['components']>;
type Header = NonNullable<Components['headers']>[string];

export const METHODS = ['get', 'put', 'post', 'patch', 'delete'] as const;

const TAGS = {
  Models: 'What the models are: vendor, family, version, claimed capabilities.',
  Providers: 'Who hosts models, where, and how to authenticate there.',
  Deployments: 'Which model is offered at which provider, in which regions, at which prices.',
  Invocation: 'Calls of deployments, within their limits and with their costs.',
  Prices: 'What deployments cost, now and before, compared and estimated.',
  Certification: 'Runs that call a deployment, and the certificates they end in.',
  Metrics: 'What runs measured over time, and what a process does, for Prometheus.',
  Sessions: 'Logging in with a password, for people; programs use API keys.',
  Users: 'Who may log in, and what each may do.',
  'API keys': 'What programs authenticate with.',
  Settings: 'What a user prefers, and the AWS keys that calls on their behalf are made with.',
  Logs: 'Warnings, errors, and who changed what.',
  Health: 'Whether the process runs and can work; open to everybody.',
};

const HEADERS: Record<string, Header> = {
  'X-Request-Id': {
    description: 'Finds the request in the logs; taken from the request when it sends one.',
    required: true,
    schema: { type: 'string' },
  },
  'WWW-Authenticate': {
    description: 'How to authenticate.',
    required: true,
    schema: { type: 'string' },
  },
  'Retry-After': {
    description: 'Seconds after which another try makes sense.',
    required: true,
    schema: { type: 'integer', minimum: 0 },
  },
  'RateLimit-Policy': {
    description: 'Requests a caller may send in a window: `"caller";q=6000;w=60`, in seconds.',
    schema: { type: 'string' },
  },
  RateLimit: {
    description:
      'Requests left, and seconds until they are counted anew: `"caller";r=5999;t=60`. Not with ' +
      'every answer that comes from memory.',
    schema: { type: 'string' },
  },
};

/** Headers of a problem, besides `X-Request-Id`. */
const HEADERS_OF_PROBLEM: Record<string, string[]> = {
  401: ['WWW-Authenticate'],
  429: ['Retry-After', 'RateLimit-Policy', 'RateLimit'],
  503: ['Retry-After'],
};

/** The OpenAPI 3.1 document of an application. */
export function describeApi(app: NestFastifyApplication): OpenAPIObject {
  const document = SwaggerModule.createDocument(app, basics(), {
    operationIdFactory: (controller, method) => `${method}${controller.replace(/Controller$/, '')}`,
    extraModels: [Problem],
  });
  const problems: NonNullable<Components['responses']> = {};
  for (const operation of operationsOf(document)) {
    operation.security ??= []; // said aloud: open to everybody
    showBody(operation);
    describeParameters(operation);
    for (const status of Object.keys(operation.responses).concat(impliedProblems(operation))) {
      const response = operation.responses[status];
      if (Number(status) >= 400) {
        const name = titleOf(Number(status)).replaceAll(' ', '');
        problems[name] = problem(status);
        operation.responses[status] = { $ref: `#/components/responses/${name}` };
      } else if (response && !('$ref' in response)) {
        const limits = operation.security.length > 0 ? ['RateLimit-Policy', 'RateLimit'] : [];
        response.headers = { ...response.headers, ...headers('X-Request-Id', ...limits) };
      }
    }
  }
  document.components = { ...document.components, responses: problems, headers: HEADERS };
  describeEnums(document.components.schemas ?? {});
  unwrapSingleAllOf(document);
  return document;
}

function basics(): Omit<OpenAPIObject, 'paths'> {
  const builder = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('model-catalog')
    .setDescription(
      'Base models, their providers, deployments and prices, and the certifications that prove ' +
        'what a deployment does. Every error is an RFC 9457 problem document.',
    )
    .setVersion(VERSION)
    .setLicense('MIT', 'https://spdx.org/licenses/MIT.html')
    .addServer('/')
    .addSecurity('bearer', {
      type: 'http',
      scheme: 'bearer',
      description: 'An API key, or the access token of a session.',
    });
  for (const [tag, description] of Object.entries(TAGS)) builder.addTag(tag, description);
  return builder.build();
}

function operationsOf(document: OpenAPIObject): Operation[] {
  return Object.values(document.paths).flatMap((path) =>
    METHODS.flatMap((method) => path[method] ?? []),
  );
}

/** Parameters of paths, which no DTO describes. */
const PARAMETERS: Record<string, string> = {
  id: 'Its id here: a uuid in lower case.',
  deploymentId: 'The deployment (our id): a uuid in lower case.',
  jobId: 'The `jobId` of a run, which is not its id.',
};

function describeParameters({ parameters = [] }: Operation): void {
  for (const parameter of parameters) {
    if (!('$ref' in parameter)) parameter.description ??= PARAMETERS[parameter.name] ?? '';
  }
}

/** What every operation of its kind may answer, so that no controller need say it. */
function impliedProblems({ requestBody, security = [] }: Operation): string[] {
  return [
    ...(requestBody ? ['400', '413', '415'] : []),
    ...(security.length > 0 ? ['401', '429', '503'] : []), // keys are looked up in the database
  ];
}

function problem(status: string) {
  return {
    description: titleOf(Number(status)),
    headers: headers('X-Request-Id', ...(HEADERS_OF_PROBLEM[status] ?? [])),
    content: {
      'application/problem+json': {
        schema: { $ref: '#/components/schemas/Problem' },
        example: sampleProblem(status),
      },
    },
  };
}

/** Swagger says of an enum what the first property says that has it. */
function describeEnums(schemas: NonNullable<Components['schemas']>): void {
  for (const [name, schema] of Object.entries(schemas)) {
    if (!('$ref' in schema) && schema.enum) schema.description = ENUMS[name] ?? '';
  }
}

function headers(...names: string[]): Record<string, Header> {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

/** OpenAPI 3.1 allows a description beside `$ref`; the detour over `allOf` is one of 3.0. */
function unwrapSingleAllOf(node: object): void {
  for (const child of Object.values(node)) {
    if (typeof child === 'object' && child !== null) unwrapSingleAllOf(child);
  }
  if (!('allOf' in node) || !Array.isArray(node.allOf) || node.allOf.length !== 1) return;
  Object.assign(node, node.allOf[0]);
  Reflect.deleteProperty(node, 'allOf');
}
