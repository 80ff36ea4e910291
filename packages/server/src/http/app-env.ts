/** What the middlewares leave for each other and for the routes. */
export interface AppEnv {
  Variables: {
    requestId: string;
    /** The instance that the request is about, for the log. */
    instanceId?: string;
    /** The answer that has its headers already. */
    complete?: Response;
  };
}
