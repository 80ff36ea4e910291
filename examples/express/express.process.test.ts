import { describeMounted } from '../mounted-api.fixture.js';

describeMounted('an Express application', {
  example: 'express',
  env: { API_KEY: 'open-sesame' },
  headers: { 'x-api-key': 'open-sesame' },
  refusal: /"code":"UNAUTHORIZED"/,
  ownNotFound: /Cannot GET \/\w+/,
});
