import { isLifecycleError } from '@wakeeper/lifecycle';
import { Router } from 'express';
import { manager } from './instance-manager.js';

export const router = Router();

const STATUS = { sent: 200, queued: 202, failed: 409 };

router.post('/sessions/:id', async (req, res) => {
  const { id } = req.params;
  try {
    await manager.create({ id });
  } catch (error) {
    if (!isLifecycleError(error, 'INSTANCE_EXISTS')) throw error;
    await manager.start(id);
  }
  res.status(202).json({ id });
});

router.get('/sessions/:id', async (req, res) => {
  const { id, state, detail, reason, retryAt } = manager.get(req.params.id);
  const shown = state === 'needs_qr' ? await manager.qr(id, { timeoutMs: 20_000 }) : null;
  res.json({ id, ready: state === 'ready', qr: shown?.qr ?? null, state, detail, reason, retryAt });
});

router.post('/sessions/:id/messages', async (req, res) => {
  const { to, text } = req.body;
  const receipt = await manager.send(req.params.id, { type: 'message', payload: { to, text } });
  res.status(STATUS[receipt.status]).json(receipt);
});

router.post('/sessions/:id/polls', async (req, res) => {
  const { to, question, options } = req.body;
  const receipt = await manager.send(req.params.id, { type: 'poll', payload: { to, question, options } });
  res.status(STATUS[receipt.status]).json(receipt);
});

router.delete('/sessions/:id', async (req, res) => {
  await manager.stop(req.params.id);
  res.status(204).end();
});

/** @type {import('express').ErrorRequestHandler} */
const answerError = (error, _req, res, next) => {
  if (!isLifecycleError(error)) return next(error);
  const status = error.code === 'INSTANCE_NOT_FOUND' ? 404 : 400;
  res.status(status).json({ error: error.message, errorCode: error.code });
};
router.use(answerError);
