import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { Probe } from '../../src/certification/probes/probe.js';
import { ProbeHarness } from './probe-harness.js';
import { completion, json, type Script, type ScriptedAnswer } from './scripted-provider.js';

/** The words of a request, all messages together. */
export const wordsIn = (body: unknown): string => JSON.stringify(Object(body).messages);
export const nonceIn = (body: unknown): string => /[a-z]+-\d{4}/.exec(wordsIn(body))?.[0] ?? 'none';
export const says = (content: string): ScriptedAnswer => json(completion({ content }));

/** A probe, and how an honest model, lying ones and one that lacks the feature answer it. */
export interface Case {
  readonly probe: Probe;
  readonly honest: (body: unknown) => ScriptedAnswer;
  /** What a liar answers, by the reason it is caught for; words behind a colon tell lies apart. */
  readonly lies: Readonly<Record<string, (body: unknown) => ScriptedAnswer>>;
  /** Whether a request uses the feature. */
  readonly uses: (body: unknown) => boolean;
  /** The provider's refusal of the feature. */
  readonly refusal: { readonly message: string; readonly param?: string; readonly code?: string };
}

/** Tests what all probes of one feature have in common. */
export function describeProbes(cases: readonly Case[]): void {
  let harness: ProbeHarness;

  beforeAll(async () => {
    harness = await ProbeHarness.start();
  });

  afterAll(() => harness.close());

  for (const { probe, honest, lies, uses, refusal } of cases) {
    const capabilities = { [probe.name]: true };
    const run = (script: Script) => harness.run(probe, script, { capabilities });
    const refused = json({ error: { type: 'invalid_request_error', ...refusal } }, 400);

    describe(probe.name, () => {
      it('passes an honest model at once', async () => {
        expect(await run(({ body }) => honest(body))).toMatchObject({
          verdict: 'PASS',
          attempts: 1,
        });
      });

      it.each(Object.entries(lies))('catches %s, in two attempts', async (name, lie) => {
        const [reason] = name.split(':');
        expect(await run(({ body }) => lie(body))).toMatchObject({
          ...{ verdict: 'FAIL_BEHAVIOUR', reason, attempts: 2 },
        });
      });

      it('hears two more attempts after one that failed', async () => {
        const [lie] = Object.values(lies);
        const script: Script = ({ body }, index) => (index === 0 && lie ? lie(body) : honest(body));
        expect(await run(script)).toMatchObject({ verdict: 'PASS', flaky: true, attempts: 3 });
      });

      it('is missing when it is refused and the same request without it is not', async () => {
        const script: Script = ({ body }) => (uses(body) ? refused : says('Yes.'));
        expect(await run(script)).toMatchObject({
          ...{ verdict: 'FAIL_CAPABILITY', category: 'CAPABILITY_UNSUPPORTED' },
        });
      });

      it('is not missing when everything is refused', async () => {
        const everything = json({ error: { message: 'No.', type: 'invalid_request_error' } }, 400);
        const { verdict } = await run(({ body }) => (uses(body) ? refused : everything));
        expect(verdict).toMatch(/^INCONCLUSIVE/);
      });

      it.each([
        ['INVALID_JSON', '{"choices": ['],
        ['INVALID_JSON', '<html>Welcome to the portal.</html>'],
        ['NO_CHOICES', '{"object": "list"}'],
      ])('is told of unreadable answers as of a broken protocol: %s', async (_, body) => {
        const outcome = await run(json(body));
        expect(outcome).toMatchObject({ verdict: 'FAIL_BEHAVIOUR', category: 'PROTOCOL_ERROR' });
        // Two attempts, each tried twice.
        expect(harness.provider.requests).toHaveLength(4);
        const once: Script = ({ body: asked }, index) => (index === 0 ? json(body) : honest(asked));
        expect(await run(once)).toMatchObject({ verdict: 'PASS', attempts: 1 });
      });

      it('is not judged while the provider throttles', async () => {
        const busy = json({ error: { message: 'Slow down.', code: 'rate_limit_exceeded' } }, 429);
        expect(await run(() => busy)).toMatchObject({
          ...{ verdict: 'INCONCLUSIVE_TRANSIENT', category: 'RATE_LIMIT' },
        });
      });
    });
  }
}
