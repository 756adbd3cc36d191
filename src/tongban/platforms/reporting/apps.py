from django.apps import AppConfig


class ReportingConfig(AppConfig):
    name = "tongban.platforms.reporting"
    label = "reporting"
    verbose_name = "业务系统报送"
