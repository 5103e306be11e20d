import type { ControlPlaneCaller } from '../../src/inference/bedrock/control-plane/control-plane-call.js';
import {
  ControlPlane,
  type ControlPlaneOptions,
} from '../../src/inference/bedrock/control-plane/control-plane.js';
import { Egress } from '../../src/inference/egress.js';
import { controlPlane } from './control-plane.js';
import { ScriptedProvider, type ScriptedAnswer } from './scripted-provider.js';

/** A secret to look for where none may be. */
export const SECRET = 'canary-secret-31337';

/** The client of Bedrock's control plane in front of a scripted one. */
export class ControlPlaneHarness {
  private constructor(
    readonly provider: ScriptedProvider,
    private readonly egress: Egress,
  ) {}

  static async start(): Promise<ControlPlaneHarness> {
    const egress = new Egress({ allowPrivate: true });
    return new ControlPlaneHarness(await ScriptedProvider.start(controlPlane), egress);
  }

  plane(options: ControlPlaneOptions = {}): ControlPlane {
    return new ControlPlane(this.egress, options);
  }

  caller(accessKeyId = 'test-key-id', sessionToken?: string): ControlPlaneCaller {
    const keys = { accessKeyId, secretAccessKey: SECRET };
    return {
      providerSlug: 'bedrock',
      baseUrl: this.provider.url,
      credentials: {
        kind: 'aws',
        ...keys,
        ...(sessionToken === undefined ? {} : { sessionToken }),
      },
    };
  }

  /** Answers by these where a path contains their names, else as the tables say. */
  except(answers: Readonly<Record<string, ScriptedAnswer>>): void {
    this.provider.script = (request) => {
      const part = Object.keys(answers).find((name) => request.path.includes(name));
      return (part === undefined ? undefined : answers[part]) ?? controlPlane(request);
    };
  }

  async close(): Promise<void> {
    await this.egress.close();
    await this.provider.close();
  }
}
