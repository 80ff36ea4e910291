/** Whether this browser can show a video, as it runs in the page: WhatsApp Web takes its size and a picture from it. */

/** What of the DOM is used: declared by hand, because the project has none in its types. */
interface DomWorld {
  readonly document: {
    createElement(name: 'video'): {
      muted: boolean;
      preload: string;
      src: string;
      onloadeddata: (() => void) | null;
      onerror: (() => void) | null;
    };
  };
  readonly URL: { createObjectURL(blob: Blob): string; revokeObjectURL(url: string): void };
}

/** False when it cannot be decoded. */
export async function decodesInPage(media: {
  readonly mimetype: string;
  readonly data: string;
}): Promise<boolean> {
  const page = globalThis as unknown as DomWorld;
  const bytes = Uint8Array.from(atob(media.data), (character) => character.charCodeAt(0));
  const url = page.URL.createObjectURL(new Blob([bytes], { type: media.mimetype }));
  try {
    return await new Promise<boolean>((resolve) => {
      const video = page.document.createElement('video');
      video.muted = true;
      video.preload = 'auto';
      video.onloadeddata = () => resolve(true);
      video.onerror = () => resolve(false);
      video.src = url;
    });
  } finally {
    page.URL.revokeObjectURL(url);
  }
}
