/** What the middlewares leave for each other and for the routes. */
export interface AppEnv {
  Variables: {
    requestId: string;
    /** The instance that the request is about, for the log. */
    instanceId?: string;
    /** How many bytes of the body may be read: it does not say how many it has. */
    mostBytes?: number;
    /** The body has come, so that no failure to read it can be meant any more. */
    hasBody?: true;
    /** The answer that has its headers already. */
    complete?: Response;
  };
}
