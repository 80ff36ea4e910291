import { Router } from 'express';
import wwebjs from 'whatsapp-web.js';
import { getSession, startSession, stopSession, waitForReady } from './sessions.js';

export const router = Router();

router.post('/sessions/:id', (req, res) => {
  startSession(req.params.id);
  res.status(202).json({ id: req.params.id });
});

router.get('/sessions/:id', (req, res) => {
  const session = getSession(req.params.id);
  if (!session) return void res.status(404).json({ error: 'No such session' });
  res.json({ id: req.params.id, ready: session.ready, qr: session.qr });
});

router.post('/sessions/:id/messages', async (req, res) => {
  const { to, text } = req.body;
  try {
    const client = await waitForReady(req.params.id);
    const message = await client.sendMessage(`${to}@c.us`, text);
    res.json({ messageId: message.id._serialized });
  } catch (error) {
    res.status(500).json({ error: String(error) });
  }
});

router.post('/sessions/:id/polls', async (req, res) => {
  const { to, question, options } = req.body;
  try {
    const client = await waitForReady(req.params.id);
    const message = await client.sendMessage(`${to}@c.us`, new wwebjs.Poll(question, options));
    res.json({ messageId: message.id._serialized });
  } catch (error) {
    res.status(500).json({ error: String(error) });
  }
});

router.delete('/sessions/:id', async (req, res) => {
  await stopSession(req.params.id);
  res.status(204).end();
});
