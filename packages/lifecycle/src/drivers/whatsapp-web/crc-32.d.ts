/** The package declares its other half alone. */
declare module 'crc-32/crc32c.js' {
  const crc32c: { buf(data: Uint8Array, seed?: number): number };
  export = crc32c;
}
