import { Injectable } from '@nestjs/common';

import { AwsKeysOfUsers, AwsKeysUnreadable, type AwsKeys } from '../inference/aws-keys-of-users.js';
import { PrismaService } from '../shared/database/prisma.service.js';
import { SecretBox, SecretUnreadable } from '../shared/secrets/secret-box.js';
import { placeOf } from './settings-secrets.js';

/** The AWS keys in users' settings, read anew for each call: nobody keeps them in clear. */
@Injectable()
export class UserAwsKeys extends AwsKeysOfUsers {
  constructor(
    private readonly prisma: PrismaService,
    private readonly box: SecretBox,
  ) {
    super();
  }

  async of(userId: string): Promise<AwsKeys | null> {
    const row = await this.prisma.userSettings.findUnique({
      where: { userId },
      select: { id: true, awsAccessKey: true, awsSecretKey: true },
    });
    if (!row?.awsAccessKey || !row.awsSecretKey) return null;
    try {
      return {
        accessKeyId: this.box.open(row.awsAccessKey, placeOf(row.id, 'awsAccessKey')),
        secretAccessKey: this.box.open(row.awsSecretKey, placeOf(row.id, 'awsSecretKey')),
      };
    } catch (error) {
      if (!(error instanceof SecretUnreadable)) throw error;
      throw new AwsKeysUnreadable(
        'The awsAccessKey and awsSecretKey of the settings cannot be opened: the ENCRYPTION_KEY ' +
          'they were sealed with is gone, so they have to be set again.',
        { cause: error },
      );
    }
  }
}
