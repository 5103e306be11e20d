import { Socket } from 'node:net';

/**
 * A socket that is destroyed once nothing came or went for so long: the connection to a host that was
 * lost never says so, and whoever waits for an answer would wait for ever.
 */
export function mortalSocket(silenceMs: number): Socket {
  const socket = new Socket();
  const words = `Connection terminated: nothing came for ${silenceMs / 1000} s`;
  return socket.setTimeout(silenceMs, () => socket.destroy(new Error(words)));
}
