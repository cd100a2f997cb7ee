/**
 * MD4, which NTLM is made on and OpenSSL 3 does not have any more. RFC 1320.
 *
 * Pure. For digests of passwords, some tens of bytes long: made to be read, not for speed. Good for nothing else: MD4 is broken.
 */
export function md4(data: Buffer): Buffer {
  const blocks = padded(data);
  let state = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476];
  for (let at = 0; at < blocks.length; at += 64) {
    const mixed = mix(state, blocks.subarray(at, at + 64));
    state = state.map((word, i) => (word + (mixed[i] as number)) >>> 0);
  }
  const digest = Buffer.alloc(16);
  for (const [i, word] of state.entries()) digest.writeUInt32LE(word, i * 4);
  return digest;
}

/** §3.1, §3.2: a one bit, zeros, and the length in bits. */
function padded(data: Buffer): Buffer {
  const blocks = Buffer.alloc(Math.ceil((data.length + 9) / 64) * 64);
  data.copy(blocks);
  blocks[data.length] = 0x80;
  blocks.writeBigUInt64LE(BigInt(data.length) * 8n, blocks.length - 8);
  return blocks;
}

interface Round {
  readonly mixed: (x: number, y: number, z: number) => number;
  readonly constant: number;
  readonly order: readonly number[];
  readonly shifts: readonly number[];
}

/** §3.4. */
const ROUNDS: readonly Round[] = [
  {
    mixed: (x, y, z) => (x & y) | (~x & z),
    constant: 0,
    order: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
    shifts: [3, 7, 11, 19],
  },
  {
    mixed: (x, y, z) => (x & y) | (x & z) | (y & z),
    constant: 0x5a827999,
    order: [0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15],
    shifts: [3, 5, 9, 13],
  },
  {
    mixed: (x, y, z) => x ^ y ^ z,
    constant: 0x6ed9eba1,
    order: [0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15],
    shifts: [3, 9, 11, 15],
  },
];

function mix(state: readonly number[], block: Buffer): readonly number[] {
  let [a, b, c, d] = state as [number, number, number, number];
  for (const { mixed, constant, order, shifts } of ROUNDS) {
    for (const [i, word] of order.entries()) {
      const sum = a + mixed(b, c, d) + block.readUInt32LE(word * 4) + constant;
      [a, b, c, d] = [d, rotated(sum, shifts[i % 4] as number), b, c];
    }
  }
  return [a, b, c, d];
}

function rotated(word: number, by: number): number {
  return (word << by) | ((word | 0) >>> (32 - by));
}
