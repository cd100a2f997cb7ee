import type { AppendTarget } from '#src/result/line-file.js';

/** A disk with room for so many bytes, which takes at most three at a time. */
export class SmallDisk implements AppendTarget {
  content = Buffer.alloc(0);
  roomBytes: number;
  canTruncate = true;
  isClosed = false;

  constructor(roomBytes: number) {
    this.roomBytes = roomBytes;
  }

  write(buffer: Uint8Array, offset: number): number {
    const taken = Math.min(3, buffer.length - offset, this.roomBytes - this.content.length);
    if (taken <= 0) throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    this.content = Buffer.concat([this.content, buffer.subarray(offset, offset + taken)]);
    return taken;
  }

  truncate(lengthBytes: number): void {
    if (!this.canTruncate) throw new Error('EIO');
    this.content = this.content.subarray(0, lengthBytes);
  }

  close(): void {
    this.isClosed = true;
  }

  get lines(): string[] {
    return this.content.toString().split('\n').slice(0, -1);
  }
}
