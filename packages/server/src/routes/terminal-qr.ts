/** A QR code as text. It brings its own colours and quiet edge, so that phones read it on dark and light terminals alike. */
import QRCode from 'qrcode';

/** The standard wants four light dots around; two are enough for phones, and fit into 80 columns with WhatsApp's codes. */
const EDGE = 2;
/** Black on white out of the fixed part of the 256 colours, which themes leave alone. */
const COLOURS = '\u001b[38;5;16;48;5;231m';
const RESET = '\u001b[0m';

/** Two rows of dots in each line: by [is the upper one dark][is the lower one dark]. */
const BLOCKS = [
  [' ', '▄'],
  ['▀', '█'],
] as const;

export function terminalQr(content: string): string {
  const { modules } = QRCode.create(content, { errorCorrectionLevel: 'L' });
  const { size } = modules;
  const isDark = (row: number, column: number): 0 | 1 =>
    row >= 0 && column >= 0 && row < size && column < size && modules.get(row, column) ? 1 : 0;
  const lines: string[] = [];
  for (let row = -EDGE; row < size + EDGE; row += 2) {
    let line = '';
    for (let column = -EDGE; column < size + EDGE; column++)
      line += BLOCKS[isDark(row, column)][isDark(row + 1, column)];
    lines.push(`${COLOURS}${line}${RESET}\n`);
  }
  return lines.join('');
}
