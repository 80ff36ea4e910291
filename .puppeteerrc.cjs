// Chromium comes from the system (CHROME_PATH, or the distribution's package); puppeteer must not download its own.
module.exports = { skipDownload: true };
