import { generate } from 'selfsigned';

/** A certificate for one run; the browser is told not to look at it. */
export async function selfSigned(): Promise<{ key: string; cert: string }> {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'web.whatsapp.com' }], {
    keyType: 'ec',
    algorithm: 'sha256',
  });
  return { key, cert };
}
