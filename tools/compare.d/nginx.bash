# nginx of Debian as a plain WebSocket proxy in front of Prosody's WebSocket.

nginx_install() { need_packages nginx:nginx; }

nginx_prepare() {
  pick_port nginx-ws
  mkdir -p "$work/nginx/tmp"
  cat >"$work/nginx/nginx.conf" <<END
daemon off;
worker_processes 1;
pid $work/nginx/nginx.pid;
error_log stderr warn;
events { worker_connections 8192; }
http {
  access_log off;
  client_body_temp_path $work/nginx/tmp/body;
  proxy_temp_path $work/nginx/tmp/proxy;
  fastcgi_temp_path $work/nginx/tmp/fastcgi;
  scgi_temp_path $work/nginx/tmp/scgi;
  uwsgi_temp_path $work/nginx/tmp/uwsgi;
  server {
    listen 127.0.0.1:${port_of[nginx-ws]};
    location / {
      proxy_pass http://127.0.0.1:${port_of[prosody-ws]};
      proxy_http_version 1.1;
      proxy_set_header Host \$host;
      proxy_set_header Upgrade \$http_upgrade;
      proxy_set_header Connection upgrade;
      proxy_read_timeout 900s;
    }
  }
}
END
}

nginx_launch() {
  launch nginx www-data nginx -e stderr -p "$work/nginx" \
    -c "$work/nginx/nginx.conf"
}

nginx_url() { echo "$1://localhost:${port_of[nginx-$1]}/xmpp-websocket"; }
