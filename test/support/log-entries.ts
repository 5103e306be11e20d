import { expect } from 'vitest';

import type { ServiceClient } from './service.js';

/**
 * Waits until all that was put on record so far is: entries are written in batches, in their order.
 * The last of them is that the queue was resumed, which this does.
 */
export async function entriesWritten(service: ServiceClient): Promise<void> {
  const { headers } = await service.call('POST', '/api/certification-queue/resume');
  const path = `/api/v2/logs?requestId=${String(headers.get('x-request-id'))}`;
  await expect.poll(async () => (await service.call('GET', path)).body.data).toHaveLength(1);
}
