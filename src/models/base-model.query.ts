import { BooleanField, TextField } from '../shared/http/fields.js';
import { EnumListField } from '../shared/http/list-fields.js';
import { PageQuery, SortField } from '../shared/http/paging.js';
import { MODEL_SORTS } from './base-model.listing.js';
import { CLAIMS } from './capabilities.js';

/** Which base models are listed, and in which order. */
export class BaseModelQuery extends PageQuery {
  @TextField({ description: 'Only those of this vendor.', maxLength: 200, optional: true })
  vendor?: string;

  @TextField({ description: 'Only those of this family.', maxLength: 200, optional: true })
  family?: string;

  @EnumListField({
    description: 'Only those that claim this; repeat it for several, all of which are claimed.',
    values: CLAIMS,
    name: 'Claim',
    optional: true,
  })
  capability?: string[];

  @BooleanField({
    description: 'Only those that are withdrawn, or are not.',
    optional: true,
    fromText: true,
  })
  deprecated?: boolean;

  @TextField({
    description: 'Only those with this text in their name, vendor or family, in any case.',
    maxLength: 200,
    optional: true,
  })
  q?: string;

  @SortField(MODEL_SORTS)
  sort: string = '-createdAt';
}
