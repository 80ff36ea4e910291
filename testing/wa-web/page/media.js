import { faults, never } from './faults.js';
import { me } from './me.js';
import { Model } from './model.js';
import { traits } from './traits.js';

/** Bytes that the page holds without looking at them. The library asks `instanceof`, so the module is this class. */
class OpaqueData {
  isOpaque = true;
  #blob;

  static async createFromData(blob, mimetype) {
    const data = new OpaqueData();
    data.#blob = blob.type === mimetype ? blob : new Blob([blob], { type: mimetype });
    data.name = blob.name;
    data.type = mimetype;
    data.size = blob.size;
    return data;
  }

  url() {
    return URL.createObjectURL(this.#blob);
  }

  formData() {
    return this.#blob;
  }

  autorelease() {}
}

const toBase64 = (bytes) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));

async function hashOf(blob) {
  return toBase64(new Uint8Array(await crypto.subtle.digest('SHA-256', await blob.arrayBuffer())));
}

function kindOf(mimetype, { asSticker, isPtt, asDocument }) {
  if (asDocument) return 'document';
  if (asSticker) return 'sticker';
  const kind = mimetype.split('/')[0];
  if (kind === 'audio') return isPtt ? 'ptt' : 'audio';
  return ['image', 'video'].includes(kind) ? kind : 'document';
}

/** What the page takes from a video before it sends it; one that the browser cannot decode ends here. */
async function lookAt(blob) {
  const url = URL.createObjectURL(blob);
  const video = document.createElement('video');
  video.muted = true;
  video.preload = 'auto';
  try {
    await new Promise((resolve, reject) => {
      video.onloadeddata = resolve;
      video.onerror = () => reject(new Error('a'));
      video.src = url;
    });
    return { width: video.videoWidth, height: video.videoHeight };
  } finally {
    URL.revokeObjectURL(url);
  }
}

function prepRawMedia(opaque, parameters) {
  const prepare = async () => {
    const type = kindOf(opaque.type, parameters);
    return new Model({
      type,
      isGif: type === 'video' && Boolean(parameters.asGif),
      mimetype: opaque.type,
      filename: type === 'document' ? opaque.name : undefined,
      size: opaque.size,
      ...(type === 'video' ? await lookAt(opaque.formData()) : {}),
      filehash: await hashOf(opaque.formData()),
      preview: undefined,
      mediaBlob: opaque,
      ...(traits.filesHaveIds ? { id: undefined } : {}),
    });
  };
  return { waitForPrep: prepare };
}

/** What is known of a file by its hash; the library fills it and hands it to the upload. */
const objects = new Map();
const blobs = new Map();

function getOrCreateMediaObject(filehash) {
  const known = objects.get(filehash);
  if (known) return known;
  const object = {
    filehash,
    contentInfo: {},
    consolidate: (data) => Object.assign(object, { type: data.type, size: data.size }),
  };
  objects.set(filehash, object);
  return object;
}

async function upload(blob, mimetype) {
  const answer = await fetch(`/mms/upload?phone=${me.phone?.user ?? ''}`, {
    method: 'POST',
    headers: { 'content-type': mimetype },
    body: blob,
  });
  return answer.ok ? answer.json() : undefined;
}

async function uploadMedia({ mimetype, mediaObject }) {
  const uploaded = await upload(blobs.get(mediaObject.filehash), mimetype);
  if (!uploaded) return {};
  const { directPath, filehash, handle } = uploaded;
  const url = `${location.origin}${directPath}`;
  const mediaKey = toBase64(crypto.getRandomValues(new Uint8Array(32)));
  return {
    mediaEntry: {
      mmsUrl: url,
      deprecatedMms3Url: url,
      directPath,
      mediaKey,
      mediaKeyTimestamp: Math.floor(Date.now() / 1000),
      encFilehash: filehash,
      uploadHash: filehash,
      handle,
    },
  };
}

async function encryptAndUpload({ blob, mediaKey }) {
  const { directPath, filehash } = (await upload(blob, blob.type)) ?? {};
  if (!directPath) throw new Error('upload failed');
  return {
    url: `${location.origin}${directPath}`,
    directPath,
    mediaKey,
    encFilehash: filehash,
    mimetype: blob.type,
    ...(traits.filesHaveIds ? { __x_id: undefined } : {}),
  };
}

async function downloadAndMaybeDecrypt({ directPath }) {
  if (faults.download === 'hang') await never();
  if (faults.download === 'gone') throw Object.assign(new Error('download failed: 404'), { status: 404 });
  const answer = await fetch(directPath);
  if (!answer.ok)
    throw Object.assign(new Error(`download failed: ${answer.status}`), { status: answer.status });
  return answer.arrayBuffer();
}

async function toWebpSticker(file) {
  const picture = await createImageBitmap(file);
  const canvas = new OffscreenCanvas(512, 512);
  canvas.getContext('2d').drawImage(picture, 0, 0, 512, 512);
  return canvas.convertToBlob({ type: 'image/webp' });
}

export const mediaModules = {
  WAWebMediaOpaqueData: OpaqueData,
  WAWebPrepRawMedia: { prepRawMedia },
  WAWebMediaStorage: { getOrCreateMediaObject },
  WAWebMmsMediaTypes: { msgToMediaType: ({ type }) => type, castToV4: (type) => type },
  WAWebMediaDataUtils: { shouldUseMediaCache: () => true },
  WAWebMediaInMemoryBlobCache: {
    InMemoryMediaBlobCache: { put: (filehash, blob) => blobs.set(filehash, blob) },
  },
  WAWebMediaMmsV4Upload: { uploadMedia, uploadUnencryptedMedia: uploadMedia },
  WAWebUploadManager: { encryptAndUpload },
  WAWebStartMediaUploadQpl: { startMediaUploadQpl: () => ({}) },
  WAWebDownloadManager: { downloadManager: { downloadAndMaybeDecrypt } },
  WAWebImageUtils: { toWebpSticker },
  WAMediaCalculateFilehash: {
    getRandomFilehash: async () => toBase64(crypto.getRandomValues(new Uint8Array(32))),
  },
};
