import { describeMounted } from '../mounted-api.fixture.js';

describeMounted('a Fastify application', {
  example: 'fastify',
  env: { API_KEY: 'open-sesame' },
  headers: { 'x-api-key': 'open-sesame' },
  refusal: /"code":"UNAUTHORIZED"/,
  ownNotFound: /"message":"Route GET:\S+ not found"/,
});
