import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { CLIENT_OPTIONS, SdkClients } from './sdk-clients.js';

describe('SdkClients', () => {
  it('builds one client per address, and forgets those not called lately', async () => {
    const clients = new SdkClients();
    const built: string[] = [];
    const call = (address: string): Promise<Response> =>
      clients.send(
        address,
        () => {
          built.push(address);
          return new OpenAI({ ...CLIENT_OPTIONS, baseURL: address });
        },
        { model: 'm', messages: [] },
        (url) => Promise.resolve(new Response(typeof url === 'string' ? url : null)),
      );
    for (const address of ['https://a/v1', 'https://b/v1', 'https://a/v1']) {
      expect(await (await call(address)).text()).toBe(`${address}/chat/completions`);
    }
    expect(built).toEqual(['https://a/v1', 'https://b/v1']);
    for (let count = 0; count < 200; count++) await call(`https://c/${String(count)}`);
    await call('https://a/v1');
    expect(built.filter((address) => address === 'https://a/v1')).toHaveLength(2);
  });
});
