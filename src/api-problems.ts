import { titleOf, type Problem } from './shared/http/problem.js';

type Sample = Pick<Problem, 'detail'> & Partial<Problem>;

/** What a problem of each status may say. */
const SAMPLES: Record<string, Sample> = {
  400: {
    detail: '/costPer1MInput must not be less than 0.',
    errors: [{ pointer: '/costPer1MInput', message: 'must not be less than 0' }],
  },
  401: { detail: 'Send a valid key: Authorization: Bearer <key>.' },
  403: { detail: 'This needs the role operator.' },
  404: { detail: 'There is no model with this id.' },
  409: { detail: 'There is already a model with this name.' },
  412: { detail: 'It was changed since it was read (If-Match); read it again.' },
  413: { detail: 'The body is larger than 1048576 bytes.' },
  422: { detail: 'CONTEXT_LIMIT: the prompt is too long', category: 'CONTEXT_LIMIT' },
  429: { detail: 'More than 6000 requests a minute; wait for the next one.' },
  500: { detail: 'The service failed; its log has the reason.' },
  502: { detail: 'PROVIDER_ERROR: the provider failed', category: 'PROVIDER_ERROR' },
  503: { detail: 'The database cannot do this now; try again shortly.' },
  504: { detail: 'TIMEOUT: no answer in time', category: 'TIMEOUT' },
};

/** A problem of a status, as an example. */
export function sampleProblem(status: string): Problem {
  const title = titleOf(Number(status));
  return {
    ...{ type: 'about:blank', title, status: Number(status), detail: title },
    ...{ instance: '/api/v2/models', requestId: '9f86d081884c-1' },
    ...SAMPLES[status],
  };
}
