import type { JsonObject } from '../../shared/json.js';
import { textOf, toInput } from './anthropic-blocks.js';

/** Which field of a block the pieces of a delta belong to; what is not here is left out. */
const DELTAS: ReadonlyMap<unknown, string> = new Map([
  ['text_delta', 'text'],
  ['thinking_delta', 'thinking'],
  ['signature_delta', 'signature'],
  ['input_json_delta', 'partial_json'],
]);

/** A content block that arrives in pieces. */
export class StreamedBlock {
  private readonly pieces = new Map<string, string[]>();

  /** @param start the block as it began */
  constructor(readonly start: JsonObject) {}

  get isToolCall(): boolean {
    return this.start.type === 'tool_use';
  }

  /** The arguments of a tool call as the model wrote them. */
  get written(): string {
    return this.joined('partial_json');
  }

  /** Takes a piece and answers with its text. @throws MalformedAnswer when that is no text */
  add(delta: JsonObject): string {
    const field = DELTAS.get(delta.type);
    if (field === undefined) return '';
    const piece = textOf(delta, field);
    const pieces = this.pieces.get(field);
    if (pieces === undefined) this.pieces.set(field, [piece]);
    else pieces.push(piece);
    return piece;
  }

  /** The block as a whole answer would hold it. */
  whole(): JsonObject {
    const whole: Record<string, unknown> = { ...this.start };
    for (const field of this.pieces.keys()) {
      if (field !== 'partial_json') whole[field] = textOf(this.start, field) + this.joined(field);
      else if (this.written !== '') whole.input = toInput(this.written);
    }
    return whole;
  }

  private joined(field: string): string {
    return (this.pieces.get(field) ?? []).join('');
  }
}
