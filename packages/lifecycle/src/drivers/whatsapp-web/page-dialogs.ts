/** Dialogs over the page. Each function stands alone: it travels as its source. */

export interface DialogsCall {
  /** Labels of buttons that may be clicked, in lower case. */
  readonly labels: readonly string[];
  /** Keys of dialogs in which nothing is clicked any more. */
  readonly leave: readonly string[];
}
export interface SeenDialog {
  /** The same for the same dialog, in each document. */
  readonly key: string;
  readonly heading: string;
  /** What stands on its buttons. */
  readonly labels: readonly string[];
  readonly known: boolean;
  readonly clicked: boolean;
}

interface PageElement {
  readonly textContent: string | null;
  readonly parentElement: PageElement | null;
  getAttribute(name: string): string | null;
  getClientRects(): { readonly length: number };
  querySelector(selector: string): PageElement | null;
  querySelectorAll(selector: string): Iterable<PageElement>;
  closest(selector: string): PageElement | null;
  click(): void;
}
interface DialogsWorld {
  readonly document: { querySelectorAll(selector: string): Iterable<PageElement> };
}

/** Clicks the first button with a known label in each dialog that is shown, and returns all of them. */
export function answerDialogs({ labels, leave }: DialogsCall): SeenDialog[] {
  const page = globalThis as unknown as DialogsWorld;
  const DIALOG = '[role=dialog], [aria-modal=true]';
  const LONGEST = 120;
  const text = (value: string | null | undefined) =>
    (value ?? '').normalize('NFC').replace(/\s+/g, ' ').trim();
  const shown = (element: PageElement) => element.getClientRects().length > 0;
  const labelOf = (button: PageElement) =>
    text(button.textContent) || text(button.getAttribute('aria-label'));
  const dialogs = [...page.document.querySelectorAll(DIALOG)].filter(
    // One within another is the other's; what asks for a passkey is answered elsewhere.
    (dialog) =>
      shown(dialog) &&
      !dialog.parentElement?.closest(DIALOG) &&
      !dialog.querySelector('[data-testid^="shortcake_"]') &&
      !dialog.closest('[data-testid^="shortcake_"]'),
  );
  return dialogs.map((dialog) => {
    const buttons = [...dialog.querySelectorAll('button, [role=button]')].filter(shown);
    const title = dialog.querySelector('h1, h2, h3, [role=heading]');
    const heading = (
      text(title?.textContent) ||
      text(dialog.getAttribute('aria-label')) ||
      text(dialog.textContent)
    ).slice(0, LONGEST);
    const found = buttons.map(labelOf).filter((label) => label !== '');
    const key = JSON.stringify([heading, found]);
    const button = buttons.find((each) => labels.includes(labelOf(each).toLowerCase()));
    const clicked = button !== undefined && !leave.includes(key);
    if (clicked) button.click();
    const names = found.map((label) => label.slice(0, LONGEST));
    return { key, heading, labels: names, known: button !== undefined, clicked };
  });
}
