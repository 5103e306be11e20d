const SILENCE_MS = 60_000;

/**
 * Listens to errors, and says each message once in a minute: a server that is away is tried, and
 * missed, every second.
 */
export function seldom(say: (message: string) => void): (error: Error) => void {
  const said = new Set<string>();
  let until = 0;
  return ({ message }) => {
    const now = performance.now();
    if (now >= until) {
      said.clear();
      until = now + SILENCE_MS;
    }
    if (said.has(message)) return;
    said.add(message);
    say(message);
  };
}
