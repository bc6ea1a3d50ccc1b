const address = location.origin.replace(/^http/, 'ws') + '/ws/';
const socket = new WebSocket(address);
const text = document.getElementById('text');

socket.addEventListener('message', (event) => {
  const line = document.createElement('li');
  line.textContent = event.data;
  document.getElementById('said').append(line);
});

document.getElementById('talk').addEventListener('submit', (event) => {
  event.preventDefault();
  socket.send(text.value);
  text.value = '';
});
