import type { OpenAPIObject } from '@nestjs/swagger';

import { METHODS } from './api-document.js';
import { REQUIRED_ROLE } from './shared/http/at-least.decorator.js';

const HEADS = ['Endpoint', 'Role', 'What it does'];

const INTRODUCTION = `# Who may do what

Generated from the OpenAPI document (\`${REQUIRED_ROLE}\`) by \`npm run openapi\`. The roles are
viewer < operator < admin: each may do all that the one before may. \`none\`: open to everybody,
without a key. An endpoint that names no role is closed to all.
`;

/** A page of the least role that each endpoint asks for. */
export function rolesPage({ paths }: Pick<OpenAPIObject, 'paths'>): string {
  const rows = Object.entries(paths).flatMap(([path, operations]) =>
    METHODS.flatMap((method) => {
      const operation = operations[method];
      if (!operation) return [];
      const { summary = '' } = operation;
      const role: unknown = Reflect.get(operation, REQUIRED_ROLE);
      const needed = typeof role === 'string' ? role : 'nobody';
      return [[`\`${method.toUpperCase()} ${path}\``, needed, summary]];
    }),
  );
  return `${INTRODUCTION}\n${tableOf(rows)}\n`;
}

/** A table of Markdown, its columns aligned. */
function tableOf(rows: readonly (readonly string[])[]): string {
  const widths = HEADS.map((_, column) =>
    Math.max(...[HEADS, ...rows].map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const rule = widths.map((width) => '-'.repeat(width));
  return [line(HEADS), line(rule), ...rows.map(line)].join('\n');
}
