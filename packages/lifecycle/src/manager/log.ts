/** pino's shape, so that a pino logger can be given as it is. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  /** False when lines of this level go nowhere, so that none need be made. Without it all are made. */
  isLevelEnabled?(level: string): boolean;
}

export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };
