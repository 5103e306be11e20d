import type { ImageType } from '../../inference/adapter.js';
import { EnumField, TextField } from '../../shared/http/fields.js';
import { ObjectListField } from '../../shared/http/list-fields.js';
import { Base64Field, KindField, KindListField, ProseField, type Kinds } from './prompt-fields.js';

const PARTS = ['text', 'image'];
const ROLES = ['user', 'assistant', 'tool'];
const IMAGE_TYPES = {
  'image/png': 'image/png',
  'image/jpeg': 'image/jpeg',
  'image/gif': 'image/gif',
  'image/webp': 'image/webp',
} as const satisfies Record<ImageType, ImageType>;

/** A text within a message. */
export class TextPart {
  @KindField('text', PARTS)
  type: 'text';

  @ProseField({ description: 'The text.', example: 'What is in this image?' })
  text: string;
}

/** An image within a message. */
export class ImagePart {
  @KindField('image', PARTS)
  type: 'image';

  @EnumField({ description: 'What the image is.', values: IMAGE_TYPES })
  mediaType: ImageType;

  @Base64Field({ description: 'The image, as base64.', example: 'iVBORw0KGgo=' })
  data: string;
}

const PART_KINDS: Kinds = { by: 'type', classes: { text: TextPart, image: ImagePart } };

/** What the user says. */
export class UserMessage {
  @KindField('user', ROLES)
  role: 'user';

  @KindListField({
    description: 'A text, or texts and images in order.',
    example: 'What is the capital of France?',
    kinds: PART_KINDS,
    minItems: 1,
    maxItems: 100,
    textAs: (text) => ({ type: 'text', text }),
  })
  content: (TextPart | ImagePart)[];
}

/** A call of a tool, as an answer told it. */
export class ToolCallInput {
  @ProseField({ description: 'Its id, which the result names.', maxLength: 200 })
  id: string;

  @ProseField({ description: 'The tool.', maxLength: 200 })
  name: string;

  @ProseField({ description: 'The arguments, as JSON text.', minLength: 0, default: '{}' })
  arguments: string = '{}';
}

/** What the model said before. */
export class AssistantMessage {
  @KindField('assistant', ROLES)
  role: 'assistant';

  @ProseField({ description: 'What it said; may be empty.', minLength: 0, default: '' })
  content: string = '';

  @ObjectListField({
    description: 'The tools it called.',
    of: ToolCallInput,
    minItems: 0,
    maxItems: 128,
    default: [],
  })
  toolCalls: ToolCallInput[] = [];
}

/** What a tool came to. */
export class ToolMessage {
  @KindField('tool', ROLES)
  role: 'tool';

  @TextField({ description: 'The id of the call.', maxLength: 200 })
  toolCallId: string;

  @ProseField({ description: 'The result.', minLength: 0 })
  content: string;
}

export const MESSAGE_KINDS: Kinds = {
  by: 'role',
  classes: { user: UserMessage, assistant: AssistantMessage, tool: ToolMessage },
};

/** Every class that a message is made of, for the OpenAPI document. */
export const MESSAGE_MODELS = [UserMessage, AssistantMessage, ToolMessage, TextPart, ImagePart];
