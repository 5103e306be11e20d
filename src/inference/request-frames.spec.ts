import { describe, expect, it } from 'vitest';
import { RequestFrames, type WrittenRequest } from './request-frames.js';

const HEADERS = { accept: 'application/json', 'user-agent': 'sdk', authorization: 'unused' };

/** Writes requests, and counts how often it is asked. */
class Writer {
  readonly written: string[] = [];
  fails = false;

  of(frames: RequestFrames, address: string) {
    return frames.of(address, async (): Promise<WrittenRequest> => {
      this.written.push(address);
      if (this.fails) throw new Error('It cannot be written.');
      return { url: `${address}/chat`, req: { headers: new Headers(HEADERS) } };
    });
  }
}

describe('RequestFrames', () => {
  it('has each address written once, and forgets those not called lately', async () => {
    const frames = new RequestFrames();
    const writer = new Writer();
    for (const address of ['https://a/v1', 'https://b/v1', 'https://a/v1']) {
      expect((await writer.of(frames, address)).url.href).toBe(`${address}/chat`);
    }
    expect(writer.written).toEqual(['https://a/v1', 'https://b/v1']);
    for (let count = 0; count < 200; count++) await writer.of(frames, `https://c/${count}`);
    await writer.of(frames, 'https://a/v1');
    expect(writer.written.filter((address) => address === 'https://a/v1')).toHaveLength(2);
  });

  it('keeps of the headers only those that say nothing of this machine or of who calls', async () => {
    const { headers } = await new Writer().of(new RequestFrames(), 'https://a/v1');
    expect(headers).toEqual({
      accept: 'application/json',
      'content-type': '',
      'user-agent': 'sdk',
    });
  });

  it('does not remember a failure', async () => {
    const frames = new RequestFrames();
    const writer = new Writer();
    writer.fails = true;
    await expect(writer.of(frames, 'https://a/v1')).rejects.toThrow('cannot be written');
    writer.fails = false;
    expect((await writer.of(frames, 'https://a/v1')).url.href).toBe('https://a/v1/chat');
  });
});
