import { randomUUID } from 'node:crypto';

import { expect } from 'vitest';

import { MODEL, PRICES } from './samples.js';
import type { TestService } from './service.js';

const DAY_MS = 86_400_000;

/** What a run leaves on a certificate. */
export interface Certificate {
  region: string;
  /** Null: no run reached one yet. */
  verdict: string | null;
  testedAt: Date;
  expiresAt: Date;
  results: unknown;
}

/** Rows of a catalogue: created over HTTP, certificates by SQL, as no provider is there to test. */
export class Rows {
  private deployed = 0;

  constructor(private readonly service: Pick<TestService, 'call' | 'create' | 'database'>) {}

  async read<Shape>(path: string): Promise<Shape> {
    const { status, body } = await this.service.call('GET', path);
    expect(status, JSON.stringify(body)).toBe(200);
    return body as Shape;
  }

  async patch(path: string, patch: unknown): Promise<void> {
    const { status, body } = await this.service.call('PATCH', path, patch);
    expect(status, JSON.stringify(body)).toBe(200);
  }

  model(name: string, fields: object = {}): Promise<string> {
    return this.service.create('/api/v2/models', { ...MODEL, name, ...fields });
  }

  provider(slug: string, fields: object = {}): Promise<string> {
    return this.service.create('/api/v2/providers', { name: slug, slug, ...fields });
  }

  deployment(
    baseModelId: string,
    providerId: string,
    deploymentId: string,
    fields: object = {},
  ): Promise<string> {
    const body = { baseModelId, providerId, deploymentId, ...PRICES, ...fields };
    return this.service.create('/api/v2/deployments', body);
  }

  /** A deployment at an address, with a model and a provider of its own. */
  async deployedAt(baseUrl: string, deploymentId: string, fields: object = {}): Promise<string> {
    this.deployed += 1;
    const modelId = await this.model(`Model ${this.deployed}`);
    const providerId = await this.provider(`provider-${this.deployed}`, { baseUrl });
    return this.deployment(modelId, providerId, deploymentId, fields);
  }

  async certificate(deploymentId: string, certificate: Partial<Certificate> = {}): Promise<void> {
    const now = Date.now();
    const { region = 'global', verdict = 'CERTIFIED', results = [] } = certificate;
    const { testedAt = new Date(now), expiresAt = new Date(now + DAY_MS) } = certificate;
    const judged =
      verdict === null
        ? [null, null, null, null]
        : [verdict, testedAt.toISOString(), expiresAt.toISOString(), JSON.stringify(results)];
    await this.service.database.query(
      `INSERT INTO model_certifications
         (id, "deploymentId", region, status, "lastVerdict", "ratingUpdatedAt", "expiresAt",
          "testResults", "lastTestedAt", "updatedAt")
       VALUES ($1, $2, $3, coalesce($4, 'COMPLETED')::"CertificationStatus",
               $4::"CertificationStatus", $5, $6, $7, now(), now())`,
      [randomUUID(), deploymentId, region, ...judged],
    );
  }
}
