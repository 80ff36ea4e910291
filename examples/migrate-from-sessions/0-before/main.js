import express from 'express';
import { router } from './router.js';
import { startKnownSessions, stopSessions } from './sessions.js';

const { PORT = '3000' } = process.env;

startKnownSessions();

const app = express();
app.use(express.json());
app.use(router);
const server = app.listen(Number(PORT), '127.0.0.1', () => {
  const address = server.address();
  console.log(`listening on http://127.0.0.1:${typeof address === 'object' && address?.port}`);
});

process.once('SIGTERM', async () => {
  server.close();
  await stopSessions();
  process.exit(0);
});
