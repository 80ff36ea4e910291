import express from 'express';
import { adoptSessions, manager } from './instance-manager.js';
import { router } from './router.js';

const { PORT = '3000' } = process.env;

await adoptSessions();

const app = express();
app.use(express.json());
app.use(router);
app.get('/instances', (_, res) => void res.json(manager.list()));
const server = app.listen(Number(PORT), '127.0.0.1', () => {
  const address = server.address();
  console.log(`listening on http://127.0.0.1:${typeof address === 'object' && address?.port}`);
});

process.once('SIGTERM', async () => {
  server.close();
  await manager.close();
  process.exit(0);
});
