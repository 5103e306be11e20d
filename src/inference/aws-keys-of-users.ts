/** A long-term access key of AWS. */
export interface AwsKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Why a user's keys cannot be used, in a sentence without a secret. */
export class AwsKeysUnreadable extends Error {}

/**
 * Where the AWS keys are found that users stored for themselves. This room has no database: another
 * one provides it. Read for each call, so that changed keys are used at once.
 */
export abstract class AwsKeysOfUsers {
  /** Null: the user stored none. @throws AwsKeysUnreadable; whatever its database fails with */
  abstract of(userId: string): Promise<AwsKeys | null>;
}
