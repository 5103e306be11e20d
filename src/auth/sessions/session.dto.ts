import { ApiProperty } from '@nestjs/swagger';

import { TextField } from '../../shared/http/fields.js';
import { EmailField, MIN_PASSWORD, PasswordField } from '../users/user.dto.js';

export class LoginInput {
  @EmailField({ description: 'Email address of the user.', example: 'ann@example.com' })
  email: string;

  @PasswordField({ description: 'Password of the user.', minLength: 1 })
  password: string;
}

/** A user's own password, to be changed. */
export class PasswordChangeInput {
  @PasswordField({ description: 'The password in force.', minLength: 1 })
  currentPassword: string;

  @PasswordField({ description: 'The new one.', minLength: MIN_PASSWORD })
  newPassword: string;
}

export class RefreshTokenInput {
  @TextField({ description: 'The refresh token that was given last.', maxLength: 200 })
  refreshToken: string;
}

/** What a session speaks by from now on. */
export class TokensDto {
  @ApiProperty({
    description: 'To be sent as `Authorization: Bearer <token>`: a JSON Web Token.',
  })
  accessToken: string;

  @ApiProperty({ type: 'integer', description: 'Seconds for which it is good.', example: 900 })
  expiresIn: number;

  @ApiProperty({
    description:
      'Buys the next two tokens, once: one that comes a second time ends the session, for it was ' +
      'stolen or lost.',
  })
  refreshToken: string;

  @ApiProperty({
    type: String,
    format: 'date-time',
    description: 'When the session ends, whatever is refreshed: 30 days after the login.',
  })
  sessionExpiresAt: Date;
}
