const FIRST_BYTES = 64 * 1024;
/** What grew beyond this is not kept when it is emptied. */
const KEPT_BYTES = 1024 * 1024;

/**
 * A JSON array that grows. It is kept as bytes, beyond the reach of the collector of garbage: many
 * small objects that live for a while cost it more than all else that is done with them.
 */
export class JsonArray {
  /** How many elements there are. */
  length = 0;
  private bytes = Buffer.allocUnsafe(FIRST_BYTES);
  private used = 0;

  /** @param json of the new element */
  push(json: string): void {
    this.makeRoom(Buffer.byteLength(json) + 2);
    this.used += this.bytes.write(this.length === 0 ? '[' : ',', this.used, 'latin1');
    this.used += this.bytes.write(json, this.used);
    this.length += 1;
  }

  /** The whole, as it is now. */
  toBuffer(): Buffer {
    if (this.length === 0) return Buffer.from('[]');
    this.bytes.write(']', this.used, 'latin1');
    return this.bytes.subarray(0, this.used + 1);
  }

  /** Empties it; what comes next is written over what `toBuffer` returned. */
  clear(): void {
    this.length = 0;
    this.used = 0;
    if (this.bytes.length > KEPT_BYTES) this.bytes = Buffer.allocUnsafe(FIRST_BYTES);
  }

  private makeRoom(more: number): void {
    const needed = this.used + more;
    if (needed <= this.bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(needed, 2 * this.bytes.length));
    this.bytes.copy(grown, 0, 0, this.used);
    this.bytes = grown;
  }
}
