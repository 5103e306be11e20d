import { describe, expect, it } from 'vitest';
import { matchingRow } from '../refusal.js';
import { ROWS } from './openai-error-table.js';
import { readRefusal } from './openai-refusal.js';

const LIMIT = 'max_completion_tokens';
const forbidden = (...loc: string[]): object => ({
  type: 'extra_forbidden',
  loc: ['body', ...loc],
  msg: 'Extra inputs are not permitted',
});

describe('A parameter that a server does not know', () => {
  it.each<[string, object, string]>([
    [
      'an old Azure',
      { error: { message: `Unrecognized request argument supplied: ${LIMIT}` } },
      LIMIT,
    ],
    ['OpenAI', { error: { message: `Unknown parameter: '${LIMIT}'.` } }, LIMIT],
    ['Groq', { error: { message: `property '${LIMIT}' is unsupported, did you mean` } }, LIMIT],
    ['Groq with curls', { error: { message: `property ‘${LIMIT}’ is unsupported` } }, LIMIT],
    [
      'Groq of a model',
      { error: { message: '`reasoning_effort` is not supported with this model' } },
      'reasoning_effort',
    ],
    ['servers in Go', { error: { message: `json: unknown field "${LIMIT}"` } }, LIMIT],
    [
      'an old vLLM',
      {
        object: 'error',
        message: `[{'type': 'extra_forbidden', 'loc': ('body', '${LIMIT}'), 'msg': 'Extra inputs are not permitted'}]`,
      },
      LIMIT,
    ],
    ['FastAPI', { detail: [forbidden(LIMIT)] }, LIMIT],
    ['Mistral', { object: 'error', message: { detail: [forbidden(LIMIT)] }, param: null }, LIMIT],
    [
      'Mistral, deeper',
      { message: { detail: [forbidden('stream_options', 'include_usage')] } },
      'stream_options',
    ],
  ])('is found in the words of %s', (_, body, param) => {
    const refusal = readRefusal(400, body, JSON.stringify(body));
    expect(refusal.param).toBe(param);
    expect(matchingRow(refusal, ROWS)?.category).toBe('PARAMETER_UNSUPPORTED');
  });

  it('is not guessed', () => {
    const body = { error: { message: 'The property of a parameter is a location.' } };
    expect(readRefusal(400, body, '').param).toBeNull();
  });
});
