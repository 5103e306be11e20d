import { randomUUID } from 'node:crypto';

import { ForbiddenException, Injectable } from '@nestjs/common';

import { Prisma, type UserSettings } from '../generated/prisma/client.js';
import { isReferenceViolation } from '../shared/database/prisma-errors.js';
import { PrismaService } from '../shared/database/prisma.service.js';
import { checkIfMatch } from '../shared/http/if-match.js';
import { JsonText } from '../shared/http/json-text.js';
import { InvalidInput } from '../shared/http/problem.js';
import { noteInAudit, recordChange } from '../shared/logging/audit.js';
import { SecretBox, SecretUnreadable } from '../shared/secrets/secret-box.js';
import { SettingsDto, Theme, type SettingsInput } from './settings.dto.js';
import { placeOf } from './settings-secrets.js';

type Row = Omit<UserSettings, 'userId'>;

/** What users prefer, and the AWS keys that calls on their behalf are made with. */
@Injectable()
export class SettingsService {
  constructor(
    private readonly prisma: PrismaService,
    private readonly box: SecretBox,
  ) {}

  /** The user's settings, without a secret; defaults when there are none. @throws ForbiddenException */
  async get(userId: string | null): Promise<JsonText> {
    const row = await this.prisma.userSettings.findUnique({ where: { userId: known(userId) } });
    return this.answerOf(row ?? DEFAULTS);
  }

  /**
   * Replaces the settings; keys that are left out stay.
   * @throws ForbiddenException; InvalidInput for half a key; PreconditionFailedException;
   *   ServiceUnavailableException for keys when there is nothing to seal them with
   */
  async replace(
    userId: string | null,
    input: SettingsInput,
    ifMatch: string | undefined,
  ): Promise<JsonText> {
    const user = known(userId);
    const keys = keysOf(input);
    if (keys) noteInAudit({ awsKeys: keys.id === null ? 'removed' : 'set' });
    return this.prisma
      .$transaction(async (tx) => {
        const row = await lock(tx, user);
        checkIfMatch(ifMatch, this.answerOf(row));
        const { theme, awsRegion, awsEnabledModels } = input;
        const written = await tx.userSettings.update({
          where: { id: row.id },
          data: {
            ...{ theme, awsRegion, awsEnabledModels, updatedAt: new Date() },
            ...(keys && this.sealed(row.id, keys)),
          },
        });
        await recordChange(tx, {
          ...{ entity: 'settings', entityId: row.id },
          ...{ before: shownOf(row), after: shownOf(written) },
        });
        return this.answerOf(written);
      })
      .catch((error: unknown) => {
        throw isReferenceViolation(error) ? new ForbiddenException('The user is gone.') : error;
      });
  }

  private sealed(row: string, { id, secret }: Keys): Pick<Row, 'awsAccessKey' | 'awsSecretKey'> {
    const seal = (text: string | null, column: 'awsAccessKey' | 'awsSecretKey') =>
      text === null ? null : this.box.seal(text, placeOf(row, column));
    return { awsAccessKey: seal(id, 'awsAccessKey'), awsSecretKey: seal(secret, 'awsSecretKey') };
  }

  private answerOf(row: Row): JsonText {
    const { theme, awsRegion, awsEnabledModels, awsSecretKey, updatedAt } = row;
    const settings: SettingsDto = {
      theme: Object.values(Theme).find((one) => one === theme) ?? 'light',
      awsRegion,
      awsEnabledModels,
      awsAccessKeyLastFour: this.lastFour(row),
      awsSecretKeySet: awsSecretKey !== null,
      updatedAt,
    };
    return JsonText.of(settings);
  }

  private lastFour({ id, awsAccessKey }: Row): string | null {
    if (awsAccessKey === null) return null;
    try {
      return this.box.open(awsAccessKey, placeOf(id, 'awsAccessKey')).slice(-4);
    } catch (error) {
      if (error instanceof SecretUnreadable) return null;
      throw error;
    }
  }
}

/** As the database would make them. */
const DEFAULTS: Row = {
  id: '',
  theme: 'light',
  awsAccessKey: null,
  awsSecretKey: null,
  awsRegion: 'us-east-1',
  awsEnabledModels: [],
  updatedAt: null,
};

/** What the audit may show. */
function shownOf({ theme, awsRegion, awsEnabledModels, awsSecretKey }: Row) {
  return { theme, awsRegion, awsEnabledModels, awsSecretKeySet: awsSecretKey !== null };
}

/** Both halves of an AWS key, or null for both: it is removed. */
interface Keys {
  readonly id: string | null;
  readonly secret: string | null;
}

/** Null: the keys stay as they are. @throws InvalidInput */
function keysOf({ awsAccessKey: id, awsSecretKey: secret }: SettingsInput): Keys | null {
  if (id === undefined && secret === undefined) return null;
  const [has, lacks] =
    secret === undefined || (secret === null && id !== null)
      ? ['awsAccessKey', 'awsSecretKey']
      : ['awsSecretKey', 'awsAccessKey'];
  if (id === undefined || secret === undefined || (id === null) !== (secret === null)) {
    throw InvalidInput.field(`/${lacks}`, `must be given with ${has}, or be null with it`);
  }
  return { id, secret };
}

/** The row, made where there is none yet; nobody else writes it meanwhile. */
async function lock(tx: Prisma.TransactionClient, userId: string): Promise<UserSettings> {
  await tx.$executeRaw`
    INSERT INTO user_settings (id, "userId") VALUES (${randomUUID()}, ${userId})
    ON CONFLICT ("userId") DO UPDATE SET "userId" = user_settings."userId"`;
  return tx.userSettings.findUniqueOrThrow({ where: { userId } });
}

function known(userId: string | null): string {
  if (userId !== null) return userId;
  throw new ForbiddenException('Settings are those of a user, and this key belongs to none.');
}
