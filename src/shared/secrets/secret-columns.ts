/** A column of sealed secrets. */
export interface SecretColumn {
  readonly table: string;
  readonly column: string;
}

/** Every column of the database that holds sealed secrets: the table's `id` names the row. */
export const SECRET_COLUMNS: readonly SecretColumn[] = [
  { table: 'user_settings', column: 'awsAccessKey' },
  { table: 'user_settings', column: 'awsSecretKey' },
];
