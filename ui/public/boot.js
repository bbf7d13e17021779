// Runs before the first paint: chooses the theme and the language that were used last, so that
// nothing flashes. A file of its own because the Content Security Policy allows no inline script.
(function () {
  var theme = null;
  var language = null;
  try {
    theme = localStorage.getItem('topicscope.theme');
    language = localStorage.getItem('topicscope.language');
  } catch {
    // No storage: the system's theme it is.
  }
  if (theme !== 'dark' && theme !== 'light') {
    theme = matchMedia('(prefers-color-scheme: light)').matches ? 'light' : 'dark';
  }
  document.documentElement.setAttribute('data-mantine-color-scheme', theme);
  if (language === 'en' || language === 'zh-CN') document.documentElement.lang = language;
})();
