import type { Place } from '../shared/secrets/secret-box.js';

/** Where a secret of a user's settings lies. @param row the id of the settings */
export function placeOf(row: string, column: 'awsAccessKey' | 'awsSecretKey'): Place {
  return { table: 'user_settings', row, column };
}
