import type { StreamChunk, StreamedAnswer, ToolCallFragment } from '../adapter.js';
import {
  isObject,
  numberOrNull,
  objectOrNull,
  parseJson,
  stringOrNull,
  type JsonObject,
} from '../../shared/json.js';
import { firstTokenMs } from '../chunks.js';
import { MalformedAnswer, notUnderstood, requestId, type Speaker } from '../speaker.js';
import type { SseEvent } from '../../shared/sse.js';
import { readToolCall, replayOf, textOf } from './anthropic-blocks.js';
import { laterUsage, readRegion, readStopReason, readUsage } from './anthropic-fields.js';
import { wrappedError } from './anthropic-refusal.js';
import { StreamedBlock } from './anthropic-streamed-block.js';

const END = 'message_stop';

/** Whether nothing follows this event. */
export function isEnd({ name, data }: SseEvent): boolean {
  return name === END || (name === null && objectOrNull(parseJson(data))?.type === END);
}

/**
 * Reads the events of one stream and puts them together. Events of unknown types say nothing, as
 * Anthropic asks for (documentation: "Streaming messages").
 */
export class MessageStream {
  private readonly chunks: StreamChunk[] = [];
  private readonly blocks = new Map<number, StreamedBlock>();
  private usage: JsonObject | null = null;
  private ended = false;

  constructor(private readonly speaker: Speaker) {}

  /**
   * Reads the data of one event.
   *
   * @throws InferenceError of the error the event carries, or PROTOCOL_ERROR when it is no JSON object
   * @throws MalformedAnswer when a field has a wrong type, or a delta belongs to no block
   */
  read(data: string, atMs: number): StreamChunk {
    const event = parseJson(data);
    if (!isObject(event)) {
      const words = 'streamed an event that is no JSON object';
      throw notUnderstood(this.speaker, 'INVALID_JSON', words, data);
    }
    const fault = wrappedError(event, data, this.speaker);
    if (fault !== null) throw fault;
    const chunk = { ...toChunk(event, atMs), ...this.readBlock(event) };
    this.chunks.push(chunk);
    return chunk;
  }

  /** The whole answer. @throws InferenceError PROTOCOL_ERROR when the stream has not ended */
  end(totalMs: number): StreamedAnswer {
    const { chunks, speaker } = this;
    if (chunks.length === 0) {
      throw notUnderstood(speaker, 'NOT_A_STREAM', 'answered with a stream without events');
    }
    if (!this.ended) {
      const words = 'ended its stream before the model had stopped';
      throw notUnderstood(speaker, 'STREAM_INCOMPLETE', words);
    }
    const blocks = [...this.blocks].sort(([left], [right]) => left - right).map(([, at]) => at);
    return {
      text: chunks.map(({ text }) => text).join(''),
      reasoning: chunks.map(({ reasoning }) => reasoning).join(''),
      toolCalls: blocks
        .filter(({ isToolCall }) => isToolCall)
        .map((block) => readToolCall(block.start, block.written)),
      stopReason: chunks.findLast(({ stopReason }) => stopReason !== null)?.stopReason ?? null,
      usage: readUsage(this.usage),
      model: chunks.find(({ model }) => model !== null)?.model ?? null,
      region: readRegion(this.usage),
      requestId: requestId(speaker),
      totalMs,
      replay: replayOf(blocks.map((block) => block.whole())),
      raw: chunks.map(({ raw }) => raw),
      chunks,
      firstTokenMs: firstTokenMs(chunks),
    };
  }

  /** What the event says of its block; notes what is needed at the end. */
  private readBlock(event: JsonObject): Partial<StreamChunk> {
    switch (event.type) {
      case 'message_start':
        this.usage = laterUsage(this.usage, objectOrNull(event.message)?.usage);
        return {};
      case 'message_delta':
        this.usage = laterUsage(this.usage, event.usage);
        return {};
      case END:
        this.ended = true;
        return {};
      case 'content_block_start':
        return this.begin(indexOf(event), objectOrNull(event.content_block));
      case 'content_block_delta':
        return this.add(indexOf(event), objectOrNull(event.delta));
      default:
        return {};
    }
  }

  private begin(index: number, start: JsonObject | null): Partial<StreamChunk> {
    if (start === null) throw new MalformedAnswer('a content block is no object');
    this.blocks.set(index, new StreamedBlock(start));
    if (start.type === 'text') return { text: textOf(start, 'text') };
    if (start.type === 'thinking') return { reasoning: textOf(start, 'thinking') };
    if (start.type !== 'tool_use') return {};
    const { id, name } = readToolCall(start);
    return { toolCalls: [fragment(index, '', id, name)] };
  }

  private add(index: number, delta: JsonObject | null): Partial<StreamChunk> {
    const block = this.blocks.get(index);
    if (block === undefined) throw new MalformedAnswer('a delta belongs to no content block');
    if (delta === null) throw new MalformedAnswer('a delta is no object');
    const piece = block.add(delta);
    if (delta.type === 'text_delta') return { text: piece };
    if (delta.type === 'thinking_delta') return { reasoning: piece };
    if (delta.type !== 'input_json_delta') return {};
    return { toolCalls: [fragment(index, piece, null, null)] };
  }
}

function toChunk(event: JsonObject, atMs: number): StreamChunk {
  const message = objectOrNull(event.message) ?? {};
  return {
    atMs,
    text: '',
    reasoning: '',
    toolCalls: [],
    id: stringOrNull(message.id),
    role: stringOrNull(message.role),
    stopReason: readStopReason(objectOrNull(event.delta)?.stop_reason),
    usage: readUsage(event.usage ?? message.usage),
    model: stringOrNull(message.model),
    raw: event,
  };
}

function fragment(
  index: number,
  written: string,
  id: string | null,
  name: string | null,
): ToolCallFragment {
  return { index, id, name, arguments: written };
}

function indexOf(event: JsonObject): number {
  const index = numberOrNull(event.index);
  if (index === null) throw new MalformedAnswer('a content block has no index');
  return index;
}
