// Stands in for two native modules that no function of the shell needs here.
module.exports = () => {
  throw new Error('not in this build');
};
