import { InvalidInput } from './problem.js';

/**
 * The moment a text is the ISO 8601 of. Some of what that allows is no moment to JavaScript or to
 * PostgreSQL.
 * @throws InvalidInput
 */
export function moment(pointer: string, text: string): Date {
  const date = new Date(text);
  const year = date.getUTCFullYear();
  if (year >= 1970 && year <= 9999) return date;
  throw InvalidInput.field(pointer, 'must be a date and time from 1970 to 9999');
}
