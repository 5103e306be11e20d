import { hash, verify } from '@node-rs/argon2';

/** Of Argon2id, with the costs that OWASP recommends: 19 MiB, two passes. They are in the hash. */
export function hashPassword(password: string): Promise<string> {
  return hash(password);
}

/** A hash of nobody's password: for who does not exist, the check takes as long. */
let nobodys: Promise<string> | undefined;

/** @param stored null: there is no such user */
export async function isPassword(password: string, stored: string | null): Promise<boolean> {
  const instead = await (nobodys ??= hashPassword(''));
  // What another program left there, and is no such hash, is nobody's password.
  const matches = await verify(stored ?? instead, password).catch(() => false);
  return matches && stored !== null;
}
