/** A voice note as telephones make it: Opus in Ogg, written byte by byte. It is silent. */

const SILENCE = Buffer.from([0xf8, 0xff, 0xfe]);
/** Of one packet of silence, at 48 kHz: 20 ms. */
const PACKET_SAMPLES = 960;
const SERIAL = 1;

const CRC_TABLE = Array.from({ length: 256 }, (_, index) => {
  let crc = index << 24;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x80000000 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
  return crc >>> 0;
});
function crcOf(bytes: Buffer): number {
  let crc = 0;
  for (const byte of bytes) crc = ((crc << 8) ^ (CRC_TABLE[((crc >>> 24) ^ byte) & 0xff] ?? 0)) >>> 0;
  return crc;
}

/** One page of Ogg; `flags` has 2 for the first and 4 for the last. */
function page(number: number, flags: number, samples: number, packets: readonly Buffer[]): Buffer {
  const head = Buffer.alloc(27 + packets.length);
  head.write('OggS', 0, 'latin1');
  head.writeUInt8(flags, 5);
  head.writeBigUInt64LE(BigInt(samples), 6);
  head.writeUInt32LE(SERIAL, 14);
  head.writeUInt32LE(number, 18);
  head.writeUInt8(packets.length, 26);
  for (const [index, { length }] of packets.entries()) head.writeUInt8(length, 27 + index);
  const whole = Buffer.concat([head, ...packets]);
  whole.writeUInt32LE(crcOf(whole), 22);
  return whole;
}

function opusHead(): Buffer {
  const head = Buffer.alloc(19);
  head.write('OpusHead', 0, 'latin1');
  head.writeUInt8(1, 8);
  head.writeUInt8(1, 9);
  head.writeUInt32LE(48_000, 12);
  return head;
}

function opusTags(): Buffer {
  const vendor = Buffer.from('wakeeper');
  const tags = Buffer.alloc(16 + vendor.length);
  tags.write('OpusTags', 0, 'latin1');
  tags.writeUInt32LE(vendor.length, 8);
  vendor.copy(tags, 12);
  return tags;
}

/** Base64. */
export function silentVoice(packets = 50): string {
  const audio = Array.from({ length: packets }, () => SILENCE);
  const pages = [
    page(0, 2, 0, [opusHead()]),
    page(1, 0, 0, [opusTags()]),
    page(2, 4, packets * PACKET_SAMPLES, audio),
  ];
  return Buffer.concat(pages).toString('base64');
}
