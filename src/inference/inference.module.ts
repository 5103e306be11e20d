import { Module } from '@nestjs/common';

import { CredentialsResolver } from './credentials.js';
import { InferenceService } from './inference.service.js';

@Module({ providers: [CredentialsResolver, InferenceService], exports: [InferenceService] })
export class InferenceModule {}
